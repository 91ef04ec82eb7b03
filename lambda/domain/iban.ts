import { mod97 } from './mod97.ts';

/** Characters of an IBAN by country: the SWIFT IBAN registry, then countries outside it whose banks issue IBANs. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 ' +
    'AO25 BF28 BJ28 CF27 CG27 CI28 CM27 CV25 DZ26 GA27 GQ27 GW25 IR26 KM27 MA28 MG27 ML28 MZ25 NE28 SN28 TD27 TG28'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Check digits run from 02 to 98; 00, 01 and 99 can pass the remainder, but are never issued. */
const FORM = /^[A-Z]{2}(?!00|01|99)\d{2}(?: ?[0-9A-Z])+$/;

/**
 * Whether a text is an IBAN (ISO 13616-1): capitals and digits, single spaces between groups allowed, of its country's
 * length, with the right check digits (ISO 7064, MOD 97-10).
 */
export function isIban(text: string): boolean {
  if (text.length > 64 || !FORM.test(text)) return false;
  const iban = text.replaceAll(' ', '');
  if (iban.length !== LENGTHS.get(iban.slice(0, 2))) return false;
  return mod97(iban.slice(4) + iban.slice(0, 4)) === 1;
}
