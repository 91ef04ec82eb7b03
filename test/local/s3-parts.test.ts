import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { decodeAwsChunked } from '../../local/s3/aws-chunked.ts';
import { checksumBytes, checksumHasher } from '../../local/s3/checksums.ts';
import { decodeToken, encodeToken } from '../../local/s3/listing.ts';
import { parseRange } from '../../local/s3/object-headers.ts';
import { compareKeys, lowerBound } from '../../local/s3/order.ts';
import { childrenOf, parseXml, tag, textOf, xmlDocument } from '../../local/s3/xml.ts';

async function decode(
  wire: Buffer,
  cuts: readonly number[] = [],
): Promise<{ body: Buffer; trailers: Map<string, string> }> {
  async function* pieces(): AsyncGenerator<Buffer> {
    let position = 0;
    for (const cut of [...cuts].sort((a, b) => a - b).concat(wire.length)) {
      await Promise.resolve();
      if (cut > position) yield wire.subarray(position, cut);
      position = Math.max(position, cut);
    }
  }
  const trailers = new Map<string, string>();
  const body: Buffer[] = [];
  for await (const part of decodeAwsChunked(pieces(), trailers)) body.push(Buffer.from(part));
  return { body: Buffer.concat(body), trailers };
}

describe('aws-chunked', () => {
  const data = Buffer.alloc(9000, 'abc\r\n');
  const wire = Buffer.concat([
    Buffer.from('2328;chunk-signature=00\r\n'),
    data,
    Buffer.from('\r\n3;chunk-signature=00\r\nend\r\n0;chunk-signature=00\r\nX-Amz-Checksum-Crc32: AAAAAA==\r\n\r\n'),
  ]);

  it('gives the same bytes and trailers wherever the wire is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(wire.length), { maxLength: 12 }), async (cuts) => {
        const { body, trailers } = await decode(wire, cuts);
        expect(body.equals(Buffer.concat([data, Buffer.from('end')]))).toBe(true);
        expect([...trailers]).toEqual([['x-amz-checksum-crc32', 'AAAAAA==']]);
      }),
      { numRuns: 50 },
    );
  });

  it('takes a body of no chunks', async () => {
    expect((await decode(Buffer.from('0\r\n\r\n'))).body).toHaveLength(0);
  });

  it.each([
    ['nothing at all', '', 'IncompleteBody'],
    ['a size that is no number', 'xyz\r\n', 'IncompleteBody'],
    ['a negative size', '-1\r\n', 'IncompleteBody'],
    ['a line without return', '3\nabc\r\n0\r\n\r\n', 'IncompleteBody'],
    ['a chunk longer than its size', '3\r\nabcd\r\n0\r\n\r\n', 'IncompleteBody'],
    ['an end within a chunk', '5\r\nabc', 'IncompleteBody'],
    ['an end before the last chunk', '3\r\nabc\r\n', 'IncompleteBody'],
    ['an end within the trailers', '3\r\nabc\r\n0\r\nx: y\r\n', 'IncompleteBody'],
    ['bytes behind the end', '3\r\nabc\r\n0\r\n\r\nmore', 'IncompleteBody'],
    ['an endless size line', `${'0'.repeat(5000)}\r\n`, 'IncompleteBody'],
    ['a trailer without colon', '0\r\nx\r\n\r\n', 'MalformedTrailerError'],
    ['a small chunk before another', '3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n', 'InvalidChunkSizeError'],
  ])('refuses %s', async (_, text, code) => {
    await expect(decode(Buffer.from(text))).rejects.toMatchObject({ code });
  });
});

describe('checksums', () => {
  // The check values of the CRC catalogue and of FIPS 180-4 implementations, of the ASCII digits 1 to 9.
  it.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
    ['MD5', '25f9e794323b453885f5181f1b624d0b'],
  ] as const)('computes the published %s, in one piece and in two', (algorithm, hex) => {
    for (const cut of [0, 1, 4, 9]) {
      const hasher = checksumHasher(algorithm);
      hasher.update(Buffer.from('123456789').subarray(0, cut));
      hasher.update(Buffer.from('123456789').subarray(cut));
      expect(hasher.digest().toString('hex')).toBe(hex);
    }
  });

  it.each(['AAAAAA', 'AAAAAA=', 'AAAA', ' AAAAAA==', 'AAAAAB==', 'AAAA*A==', ''])(
    'takes no other spelling: "%s"',
    (text) => {
      expect(checksumBytes('CRC32', text)).toBeNull();
    },
  );
});

describe('XML', () => {
  it('reads what it writes, whatever the text holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        const root = parseXml(xmlDocument('Root', [tag('Key', text), tag('Key', 7), null]));
        expect(childrenOf(root, 'Key').map((child) => child.text)).toEqual([text, '7']);
      }),
    );
  });

  it('reads entities, comments, CDATA, prefixes, attributes and empty elements', () => {
    const root = parseXml(
      '<?xml version="1.0"?>\n<!-- c --><s3:A xmlns="x" b=\'y\'><B>&lt;&#65;&#x1F5DD;&amp;amp;</B><C/><D><![CDATA[<x>&]]></D></s3:A>\n',
    );
    expect(root.name).toBe('A');
    expect([textOf(root, 'B'), textOf(root, 'C'), textOf(root, 'D'), textOf(root, 'E')]).toEqual([
      '<A🗝&amp;',
      '',
      '<x>&',
      null,
    ]);
  });

  it.each([
    ['nothing', ''],
    ['text alone', 'text'],
    ['an open element', '<A>'],
    ['crossed elements', '<A><B></A></B>'],
    ['two roots', '<A/><B/>'],
    ['text behind the root', '<A/>x'],
    ['a close too many', '<A/></A>'],
    ['a document type', '<!DOCTYPE A [<!ENTITY e "x">]><A>&e;</A>'],
    ['an unknown entity', '<A>&e;</A>'],
    ['a bare ampersand', '<A>a & b</A>'],
    ['an impossible character', '<A>&#x110000;</A>'],
    ['an attribute without quotes', '<A b=c/>'],
    ['a hundred levels', `${'<A>'.repeat(100)}${'</A>'.repeat(100)}`],
  ])('refuses %s', (_, text) => {
    expect(() => parseXml(text)).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
  });
});

describe('the order of keys', () => {
  const keys = fc.string({ unit: 'binary', maxLength: 4 });

  it('is that of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
      {
        examples: [
          ['\uffee', '🗝'],
          ['a', 'a/'],
          ['', 'a'],
          ['\u{10ffff}', '\ue000'],
        ],
      },
    );
  });

  it('finds the place of a key in a sorted list', () => {
    fc.assert(
      fc.property(fc.uniqueArray(keys), keys, (list, key) => {
        const sorted = [...list].sort(compareKeys);
        const place = lowerBound(sorted, key);
        expect(sorted.slice(0, place).every((other) => compareKeys(other, key) < 0)).toBe(true);
        expect(sorted.slice(place).every((other) => compareKeys(other, key) >= 0)).toBe(true);
      }),
    );
  });
});

describe('ranges', () => {
  it.each([
    ['bytes=0-3', { first: 0, length: 4 }],
    ['bytes=9-9', { first: 9, length: 1 }],
    ['bytes=-10', { first: 0, length: 10 }],
    ['bytes=4-99999999999999999999', { first: 4, length: 6 }],
    // Not understood, or several: the whole, as S3 does.
    ['bytes=3-2', null],
    ['bytes=-', null],
    ['bytes=0-1,3-4', null],
    ['items=0-1', null],
    [null, null],
  ])('of ten bytes reads %s', (text, range) => {
    expect(parseRange(text, 10)).toEqual(range);
  });

  it.each(['bytes=10-', 'bytes=10-11', 'bytes=-0'])('refuses %s of ten bytes', (text) => {
    expect(() => parseRange(text, 10)).toThrow(expect.objectContaining({ code: 'InvalidRange' }));
  });
});

describe('continuation tokens', () => {
  it('come back as the marker that they were made of', () => {
    for (const marker of [{ key: 'a/ü', versionId: null }, { commonPrefix: 'a/' }]) {
      expect(decodeToken(encodeToken(marker))).toEqual(marker);
    }
  });

  it.each(['', 'a', '!!!', 'eA'])('are refused when nobody made them: "%s"', (token) => {
    expect(() => decodeToken(token)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  });
});
