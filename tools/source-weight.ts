/** How much a source of news weighs: by whether anyone is liable for what it says. */

/** Authorities and news agencies. */
const LIABLE = /^(?:sec|cftc|esma|ecb|fed|federalreserve|reuters|bloomberg|ap|dowjones|wsj|ft)\b/;
/** Edited papers and paid wires. */
const EDITED =
  /^(?:coindesk|theblock|cointelegraph|decrypt|cnbc|marketwatch|yahoo|businesswire|prnewswire)\b/;

/** From 1, a voice among many, to 3. A source names itself, so the name alone earns no trust beyond this order. */
export function sourceWeight(source: string): number {
  const plain = source
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^(?:https?:\/\/)?(?:www\.)?/, '')
    .replaceAll(/[\s_-]+/g, '');
  if (LIABLE.test(plain)) return 3;
  return EDITED.test(plain) ? 2 : 1;
}
