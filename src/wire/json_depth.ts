const QUOTE = 34;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/**
 * Tells whether JSON has lists and objects more than `most` levels deep, without parsing it.
 *
 * @param start where it begins in the text
 */
export function isDeeper(text: string, start: number, most: number): boolean {
  // Each level takes two characters: nearly every message is done here.
  if (text.length - start <= 2 * most) return false;
  const openings = count(text, "[", start, most) + count(text, "{", start, most);
  return openings > most && depthExceeds(text, start, most);
}

function depthExceeds(text: string, start: number, most: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) quoted = !quoted;
    else if (code === BACKSLASH) at++;
    else if (quoted) continue;
    else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      if (++depth > most) return true;
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) depth--;
  }
  return false;
}

// A search for one character is many times as fast as a look at each; more than `most` are of no interest.
function count(text: string, sought: string, start: number, most: number): number {
  let found = 0;
  for (let at = text.indexOf(sought, start); at >= 0 && found <= most; found++) {
    at = text.indexOf(sought, at + 1);
  }
  return found;
}
