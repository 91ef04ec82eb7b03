import { Readable } from 'node:stream';
import { create } from 'fontkit';

/** fontkit as pdf-lib asks for it, whose own has grown old: a subset comes as a stream. */
export const streamingFontkit = {
  create(bytes: Uint8Array): object {
    const font = create(bytes);
    const createSubset = font.createSubset.bind(font);
    return Object.assign(font, {
      createSubset: () => {
        const subset = createSubset();
        return Object.assign(subset, { encodeStream: () => Readable.from([subset.encode()]) });
      },
    });
  },
};
