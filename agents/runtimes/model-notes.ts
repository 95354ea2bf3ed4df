/** What was found out about models on this machine and takes long to find out again. Losing it costs time, nothing else. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const NOTES_MAX = 500;
const notesSchema = z.record(z.string(), z.string());
type Notes = z.infer<typeof notesSchema>;

const folder = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'airlock');
const file = (): string => join(folder(), 'models.json');

/** The note under this name, made first where there is none. */
export async function noted(name: string, find: () => Promise<string>): Promise<string> {
  const before = (await read())[name];
  if (before !== undefined) return before;
  const found = await find();
  await note(name, found);
  return found;
}

export const noteOf = async (name: string): Promise<string | null> => (await read())[name] ?? null;

export async function note(name: string, value: string): Promise<void> {
  const notes = { ...(await read()), [name]: value };
  const draft = `${file()}.${process.pid}`;
  try {
    await mkdir(folder(), { recursive: true });
    const kept = Object.entries(notes).slice(-NOTES_MAX);
    await writeFile(draft, JSON.stringify(Object.fromEntries(kept), null, 2));
    await rename(draft, file());
  } catch {
    // A home that cannot be written is no reason not to run.
    return;
  }
}

async function read(): Promise<Notes> {
  try {
    const notes = notesSchema.safeParse(JSON.parse(await readFile(file(), 'utf8')));
    return notes.success ? notes.data : {};
  } catch {
    return {};
  }
}
