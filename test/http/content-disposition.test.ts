import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { attachment } from '../../lambda/http/content-disposition.ts';

/** The two names in a header: for clients that know RFC 8187, and for others. @throws Error for another form */
function namesIn(header: string): { readonly name: string; readonly plain: string } {
  // RFC 6266 §4.1; a quoted-string without escapes, and ext-value of RFC 8187 §3.2.1.
  const form =
    /^inline; filename="([\x20-\x21\x23-\x5b\x5d-\x7e]*)"; filename\*=UTF-8''((?:%[0-9A-F]{2}|[\w!#$&+.^`|~-])*)$/;
  const [, plain, encoded] = form.exec(header) ?? [];
  if (plain === undefined || encoded === undefined) throw new Error(`not of the form: ${header}`);
  return { name: decodeURIComponent(encoded), plain };
}

describe('attachment', () => {
  it.each([
    ['My data.pdf', 'My data.pdf', 'My data.pdf'],
    ['Crème brûlée.pdf', 'Crème brûlée.pdf', 'Creme brulee.pdf'],
    ['Zażółć gęślą jaźń.pdf', 'Zażółć gęślą jaźń.pdf', 'Zazoc gesla jazn.pdf'],
    ['小明の資料.pdf', '小明の資料.pdf', 'document.pdf'],
    ['🙂.pdf', '🙂.pdf', 'document.pdf'],
    ['  .pdf', '  .pdf', 'document.pdf'],
    ["it's (really) *mine*!.pdf", "it's (really) _mine_!.pdf", "it's (really) _mine_!.pdf"],
    ['100 %.pdf', '100 %.pdf', '100 _.pdf'],
    ['a%2Fb.pdf', 'a%2Fb.pdf', 'a_2Fb.pdf'],
    ['a;b=c,d.pdf', 'a;b=c,d.pdf', 'a;b=c,d.pdf'],
  ])('offers %j under its own name, and a plain one beside it', (title, name, plain) => {
    expect(namesIn(attachment(title))).toEqual({ name, plain });
  });

  it.each([
    ['a path', '../../etc/passwd', '.._.._etc_passwd'],
    ['a path of Windows', 'C:\\users\\x', 'C_users_x'],
    ['quotes', 'a"b"c', 'a_b_c'],
    ['a wildcard', 'a*b?c', 'a_b_c'],
    ['line breaks', 'a\r\nset-cookie: b=c', 'a_set-cookie_ b=c'],
    ['a NUL', 'a\0b', 'a_b'],
    ['a tag', '<b>|', '_b_'],
    ['a direction override', 'a\u202efdp.exe', 'a_fdp.exe'],
    ['a lone surrogate', 'a\ud83db', 'a\ufffdb'],
  ])('takes %s out of the name', (_, title, name) => {
    expect(namesIn(attachment(title)).name).toBe(name);
  });

  it('offers a name where there is none', () => {
    expect(namesIn(attachment('')).plain).toBe('document.pdf');
    expect(namesIn(attachment('.pdf')).plain).toBe('document.pdf');
  });

  it('is one well-formed header of ASCII, whatever the title', () => {
    const titles = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());
    fc.assert(
      fc.property(titles, (title) => {
        const header = attachment(`${title}.pdf`);
        const { name, plain } = namesIn(header);
        expect(new Headers({ 'content-disposition': header }).get('content-disposition')).toBe(header);
        expect(`${name}\n${plain}`).not.toMatch(/[/\\"]/);
        expect([name.endsWith('.pdf'), plain.endsWith('.pdf')]).toEqual([true, true]);
      }),
      { numRuns: 500 },
    );
  });
});
