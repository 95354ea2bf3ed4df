/** Which checkpoints a caller of LangChain's speaks of: unknown values until they are read. */
import type { RunnableConfig } from '@langchain/core/runnables';
import type { CheckpointListOptions, CheckpointMetadata } from '@langchain/langgraph-checkpoint';
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

export const meets = (
  metadata: CheckpointMetadata,
  filter: CheckpointListOptions['filter'],
): boolean =>
  Object.entries(filter ?? {}).every(
    ([key, value]) => (metadata as Readonly<Record<string, unknown>>)[key] === value,
  );
