/** Opens what desks only remember by: a file that can never be read again is set aside, since a memory must not keep a desk from its stops. */
import { existsSync, renameSync } from 'node:fs';
import { CheckpointError } from '../graphs/checkpoint-file.ts';
import { DiaryError } from '../infra/desk-diary.ts';

/** What SQLite says of a file that is damaged, or that is none of its own. A file that is only busy is good tomorrow. */
const DAMAGED: readonly unknown[] = [11, 26];
const SUFFIXES = ['', '-wal', '-shm'] as const;

export function openOrSetAside<T>(
  file: string,
  open: (file: string) => T,
  notice: (code: string, message: string) => void,
): T {
  try {
    return open(file);
  } catch (error) {
    if (!(error instanceof DiaryError || error instanceof CheckpointError) || !lost(error))
      throw error;
    for (const suffix of SUFFIXES)
      if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${file}.aside${suffix}`);
    notice(error.code, `${error.message}; it lies beside a new one as ${file}.aside`);
    return open(file);
  }
}

function lost({ code, cause }: DiaryError | CheckpointError): boolean {
  if (code !== 'DIARY_UNREADABLE' && code !== 'CHECKPOINTS_UNREADABLE') return true;
  return cause instanceof Error && 'errcode' in cause && DAMAGED.includes(cause.errcode);
}
