/** So long the browser may take to begin with it, ms. */
const PATIENCE_MS = 60_000;

/** Saves a file where the browser saves what is downloaded. */
export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, PATIENCE_MS);
}
