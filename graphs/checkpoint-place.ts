/** Which checkpoint a configuration of LangChain's speaks of: unknown values until they are read. */
import type { RunnableConfig } from '@langchain/core/runnables';
import { CheckpointError } from './checkpoint-file.ts';

/** A configuration is whatever its caller wrote into it. */
export function textIn(config: RunnableConfig, key: string): string | undefined {
  const value: unknown = config.configurable?.[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new CheckpointError('CHECKPOINT_UNADDRESSED', `${key} must be text`);
}

export function needed(config: RunnableConfig, key: string): string {
  const value = textIn(config, key);
  if (value !== undefined && value !== '') return value;
  throw new CheckpointError('CHECKPOINT_UNADDRESSED', `a checkpoint needs a ${key}`);
}
