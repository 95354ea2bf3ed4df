/** LangChain sends prompts and answers to a tracing service wherever its variables are set. From here nothing leaves unasked. */
const TRACING = /^(?:LANGSMITH|LANGCHAIN)_/;

export function stayLocal(env: Record<string, string | undefined>): readonly string[] {
  const names = Object.keys(env).filter((name) => TRACING.test(name));
  for (const name of names) Reflect.deleteProperty(env, name);
  return names;
}
