import { describe, expect, it } from '@jest/globals';
import { SealedTags } from '../../lambda/crypto/sealed-tags.ts';
import { fixedRandom, flipped } from './helpers.ts';

const random = fixedRandom('sealed tags');
const TAGS = Array.from({ length: 200 }, () => random(16));

function kept(): SealedTags {
  const tags = new SealedTags();
  for (const [index, tag] of TAGS.entries()) tags.hold(index, tag);
  return tags;
}

describe('tags of a message that was sealed', () => {
  it('are held to be the same, as many as there are', () => {
    const tags = kept();
    for (const [index, tag] of TAGS.entries()) expect(() => tags.hold(index, tag)).not.toThrow();
  });

  it.each([0, 1, 63, 64, 127, 128, 199])('are refused for another one of chunk %i', (index) => {
    const tags = kept();
    const other = flipped(TAGS[index] ?? new Uint8Array(16), 15);
    expect(() => tags.hold(index, other)).toThrow(new Error('a message was sealed anew with other bytes'));
  });

  it('are copies: whoever made one may write to it', () => {
    const tags = new SealedTags();
    const tag = random(16);
    tags.hold(0, tag);
    const same = tag.slice();
    tag.fill(0);
    expect(() => tags.hold(0, same)).not.toThrow();
    expect(() => tags.hold(0, tag)).toThrow('other bytes');
  });
});
