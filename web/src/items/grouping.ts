/** Characters that stand together where a long number is shown. */
const GROUP = 4;

/** A number in groups of four, whatever separated it before. */
export function grouped(text: string): string {
  const bare = text.replace(/[\s-]/g, '');
  return bare.replace(new RegExp(`.{${GROUP}}(?=.)`, 'gsu'), '$& ');
}

/** Where in a grouped number so many of its characters have passed. */
export function caretAfter(text: string, characters: number): number {
  let passed = 0;
  let at = 0;
  while (at < text.length && passed < characters) {
    if (text[at] !== ' ') passed++;
    at++;
  }
  return at;
}

/** Groups what is typed into an input, and keeps the caret behind the character that it was behind. */
export function regroup(input: HTMLInputElement): string {
  const before = input.value.slice(0, input.selectionStart ?? input.value.length);
  const text = grouped(input.value);
  if (text !== input.value) {
    input.value = text;
    const caret = caretAfter(text, before.replace(/[\s-]/g, '').length);
    input.setSelectionRange(caret, caret);
  }
  return text;
}
