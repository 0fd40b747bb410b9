/**
 * The same JSON with line breaks and indents. Works on the characters and not on parsed values,
 * because 1.0, 1e400 and 12345678901234567890 must be shown as they were sent.
 * Null where the text is not JSON.
 */
export function prettyJson(text: string): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  let out = "";
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (token === "{" || token === "[") {
      depth += 1;
      out += token + line();
    } else if (token === "}" || token === "]") {
      depth -= 1;
      // An empty one stays on its line.
      out = /[{[]\n\s*$/.test(out.slice(-2 * depth - 4))
        ? out.trimEnd() + token
        : out + line() + token;
    } else if (token === ",") out += token + line();
    else if (token === ":") out += ": ";
    else out += token;
  }
  return out;
}
