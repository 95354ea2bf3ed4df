/** The last thing before a person's terminal: whatever a stranger has written cannot steer it. */

/** Controls, what turns the direction of reading, what is not seen; line ends and tabs are ours. */
const STEERING = /[^\P{Cc}\n\t]|[\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** As JSON spells it, so that a line of JSON stays the same JSON. */
const spelled = (letter: string): string =>
  Array.from(
    { length: letter.length },
    (_, at) => `\\u${letter.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');

export const forTerminal = (text: string): string => text.replaceAll(STEERING, spelled);
