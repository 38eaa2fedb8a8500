/** Words that end with their key, such as `File Ctrl+Enter`: the key stands in a frame. */
export function Keyed({ words }: { words: string }) {
  const [, rest, key] = /^(.*) (Ctrl\+\w+|Enter|[A-Z])$/.exec(words) ?? [];
  if (rest === undefined) return <>{words}</>;
  return (
    <>
      {rest} <kbd className="on-button">{key}</kbd>
    </>
  );
}
