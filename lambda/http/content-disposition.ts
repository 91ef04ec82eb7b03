/**
 * A `content-disposition` that offers a file under its own name (RFC 6266, RFC 8187), shown in place where it can be.
 *
 * @param name any text
 */
export function attachment(name: string): string {
  // What no file system takes well, and what could end or fold the header.
  const plain = name.replace(/\p{Surrogate}/gu, '\ufffd').replace(/[\p{Cc}\p{Cf}/\\:*?"<>|]+/gu, '_');
  const ascii = plain
    .normalize('NFD')
    .replace(/[^\x20-\x7e]+/g, '')
    // NFD makes these of "≮" and "≯".
    .replace(/[%<>]/g, '_')
    .trim();
  const encoded = encodeURIComponent(plain).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `inline; filename="${ascii === '.pdf' || ascii === '' ? 'document.pdf' : ascii}"; filename*=UTF-8''${encoded}`;
}
