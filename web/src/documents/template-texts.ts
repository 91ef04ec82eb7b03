/** A text in every language of the page. */
export interface Both {
  readonly en: string;
  readonly de: string;
}

export interface FieldTexts {
  readonly label: Both;
  readonly hint?: Both;
  /** What it says where it is not as it must be, beyond what its kind of field says. */
  readonly fault?: Both;
  /** Of a choice, by its value. */
  readonly choices?: Readonly<Record<string, Both>>;
}

export interface TemplateTexts {
  readonly title: Both;
  readonly description: Both;
  /** By the input's name. */
  readonly inputs: Readonly<Record<string, Both>>;
  /** By the field's name; of a field within another by both, as `creditor/name`. */
  readonly fields: Readonly<Record<string, FieldTexts>>;
}

function both(en: string, de: string): Both {
  return { en, de };
}

const lines = both(
  'Name and address, as on an envelope. Up to 8 lines.',
  'Name und Anschrift wie auf einem Umschlag. Bis zu 8 Zeilen.',
);
const lineFault = both('1 to 8 lines, none of them empty.', '1 bis 8 Zeilen, keine davon leer.');
const paragraphs = both('An empty line begins a new paragraph.', 'Eine Leerzeile beginnt einen neuen Absatz.');
const person = both('Person', 'Person');
const address = both('Address', 'Anschrift');
const email = both('E-mail', 'E-Mail');
const phone = both('Phone', 'Telefon');

/** What the templates of every deployment are called, and what they take, by their ids. */
export const TEMPLATE_TEXTS: Readonly<Record<string, TemplateTexts>> = {
  letter: {
    title: both('Letter', 'Brief'),
    description: both(
      'A letter that fits a window envelope, ready to print and sign.',
      'Ein Brief für den Fensterumschlag, fertig zum Drucken und Unterschreiben.',
    ),
    inputs: {
      sender: both('Who writes', 'Wer schreibt'),
      senderAddress: both('Address of the sender', 'Anschrift des Absenders'),
    },
    fields: {
      recipient: { label: both('Recipient', 'Empfänger'), hint: lines, fault: lineFault },
      subject: { label: both('Subject', 'Betreff') },
      body: {
        label: both('Text', 'Text'),
        hint: both(
          'All of it, from the greeting to the closing words. An empty line begins a new paragraph.',
          'Alles von der Anrede bis zum Gruß. Eine Leerzeile beginnt einen neuen Absatz.',
        ),
      },
      date: { label: both('Date', 'Datum'), hint: both('Left empty: today.', 'Bleibt es leer: heute.') },
    },
  },
  'personal-data-record': {
    title: both('Personal data record', 'Auszug persönlicher Daten'),
    description: both(
      'The chosen data in full, in sections: an overview for the folder at home or for someone trusted.',
      'Die gewählten Daten ungekürzt, nach Abschnitten: eine Übersicht für den Ordner daheim oder eine Vertrauensperson.',
    ),
    inputs: { items: both('Data', 'Daten') },
    fields: {},
  },
  'data-subject-access-report': {
    title: both('Data access report', 'Auskunft über gespeicherte Daten'),
    description: both(
      'What this vault holds, in full, with contents and the times at which each was stored and changed.',
      'Was dieser Tresor enthält, ungekürzt, mit Inhaltsverzeichnis und den Zeiten, zu denen es gespeichert und geändert wurde.',
    ),
    inputs: { items: both('Data', 'Daten') },
    fields: {},
  },
  'address-confirmation': {
    title: both('Address confirmation', 'Adressbestätigung'),
    description: both(
      'A signed statement of where someone lives. A landlord or another may confirm it.',
      'Eine unterschriebene Erklärung, wo jemand wohnt. Vermieter oder andere können sie bestätigen.',
    ),
    inputs: {
      person,
      address,
      formerAddress: both('Former address', 'Frühere Anschrift'),
      household: both('Who lives there too', 'Wer dort auch wohnt'),
    },
    fields: {
      recipient: { label: both('Who asked for it', 'Wer sie verlangt'), hint: lines, fault: lineFault },
      since: { label: both('Lives there since', 'Wohnt dort seit') },
      purpose: { label: both('Needed for', 'Gebraucht für') },
      confirmer: {
        label: both('Who confirms it', 'Wer sie bestätigt'),
        hint: both(
          'A landlord, for instance. They sign as well.',
          'Zum Beispiel die Vermieterin. Sie unterschreibt mit.',
        ),
      },
    },
  },
  'consent-form': {
    title: both('Consent form', 'Einwilligungserklärung'),
    description: both(
      'Allows someone to use named data for a named purpose, until it is withdrawn.',
      'Erlaubt jemandem, genannte Daten für einen genannten Zweck zu nutzen, bis sie widerrufen wird.',
    ),
    inputs: { person, address, email, phone },
    fields: {
      recipient: { label: both('Who may use the data', 'Wer die Daten nutzen darf'), hint: lines, fault: lineFault },
      purpose: { label: both('What for', 'Wofür'), hint: paragraphs },
      data: { label: both('Which data', 'Welche Daten'), hint: both('One kind a line.', 'Eine Art je Zeile.') },
      until: {
        label: both('Ends on', 'Endet am'),
        hint: both('Left empty: when it is withdrawn.', 'Bleibt es leer: mit dem Widerruf.'),
      },
      withdrawTo: {
        label: both('Where to withdraw', 'Wohin der Widerruf geht'),
        hint: both('An e-mail or postal address.', 'Eine E-Mail- oder Postanschrift.'),
      },
    },
  },
  'direct-debit-mandate': {
    title: both('SEPA Direct Debit mandate', 'SEPA-Lastschriftmandat'),
    description: both(
      'Lets a company collect payments from a bank account, once or again and again.',
      'Erlaubt einem Unternehmen, von einem Bankkonto einzuziehen, einmal oder wiederkehrend.',
    ),
    inputs: { person, address, account: both('Account that pays', 'Konto, das zahlt') },
    fields: {
      creditor: { label: both('Who is paid', 'Wer das Geld bekommt') },
      'creditor/name': { label: both('Name', 'Name') },
      'creditor/address': {
        label: both('Address', 'Anschrift'),
        hint: both('Street, postal code and city. Up to 8 lines.', 'Straße, Postleitzahl und Ort. Bis zu 8 Zeilen.'),
        fault: lineFault,
      },
      'creditor/country': { label: both('Country', 'Land') },
      'creditor/identifier': {
        label: both('Creditor identifier', 'Gläubiger-Identifikationsnummer'),
        hint: both('As the company names it, without spaces.', 'Wie das Unternehmen sie nennt, ohne Leerzeichen.'),
        fault: both(
          'A letter or digit is wrong or missing. It has capitals, and no spaces.',
          'Ein Buchstabe oder eine Ziffer ist falsch oder fehlt. Sie hat Großbuchstaben und keine Leerzeichen.',
        ),
      },
      payment: {
        label: both('Payment', 'Zahlung'),
        choices: { recurrent: both('Again and again', 'Wiederkehrend'), 'one-off': both('Once', 'Einmalig') },
      },
      reference: {
        label: both('Mandate reference', 'Mandatsreferenz'),
        hint: both('Left empty: the company gives it later.', 'Bleibt sie leer: Das Unternehmen teilt sie später mit.'),
        fault: both(
          "Up to 35 letters without accents, digits, spaces and + ? / - : ( ) . , '",
          "Bis zu 35 Buchstaben ohne Umlaute, Ziffern, Leerzeichen und + ? / - : ( ) . , '",
        ),
      },
      contract: {
        label: both('What is paid for', 'Wofür gezahlt wird'),
        hint: both('The number or name of a contract.', 'Nummer oder Name eines Vertrags.'),
      },
    },
  },
  'application-form': {
    title: both('Application form', 'Antrag'),
    description: both(
      'An application for anything, with personal data, answers to questions, a statement and enclosures.',
      'Ein Antrag auf was auch immer, mit Angaben zur Person, Antworten auf Fragen, einer Erklärung und Anlagen.',
    ),
    inputs: {
      person,
      address,
      email,
      phone,
      identity: both('Proof of identity', 'Ausweis'),
      account: both('Bank account', 'Bankkonto'),
    },
    fields: {
      recipient: { label: both('To whom', 'An wen'), hint: lines, fault: lineFault },
      subject: { label: both('What is applied for', 'Was beantragt wird') },
      details: { label: both('Questions and answers', 'Fragen und Antworten') },
      'details/label': { label: both('Question', 'Frage') },
      'details/value': { label: both('Answer', 'Antwort') },
      statement: { label: both('Statement', 'Erklärung'), hint: paragraphs },
      enclosures: { label: both('Enclosures', 'Anlagen'), hint: both('One a line.', 'Eine je Zeile.') },
    },
  },
};

/** A template's title; of a template that the page does not know the service's own words, in English. */
export function templateTitle(template: { readonly id: string; readonly title: string }): Both {
  return TEMPLATE_TEXTS[template.id]?.title ?? both(template.title, template.title);
}

export function templateDescription(template: { readonly id: string; readonly description: string }): Both {
  return TEMPLATE_TEXTS[template.id]?.description ?? both(template.description, template.description);
}

export function inputLabel(template: string, name: string): Both {
  return TEMPLATE_TEXTS[template]?.inputs[name] ?? spelled(name);
}

/** @param path names only, as `creditor/name`; an entry of a list has its list's */
export function fieldTexts(template: string, path: string, hint: string | null): FieldTexts {
  const name = path.split('/').at(-1) ?? path;
  const own = hint === null ? {} : { hint: both(hint, hint) };
  return TEMPLATE_TEXTS[template]?.fields[path] ?? { label: spelled(name), ...own };
}

/** `formerAddress` as "Former address". */
function spelled(name: string): Both {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return both(text, text);
}
