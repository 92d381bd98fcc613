import PostalMime from 'postal-mime';

/** An email as its reader sees it, decoded. */
export interface Message {
  /** Its Message-ID, in angle brackets. */
  id: string;
  from: string;
  to: string[];
  /** By name in lower case. */
  headers: Map<string, string>;
  /** The header as it was sent, before anything is decoded. */
  rawHeaders: string;
  subject: string;
  text: string;
  html: string;
}

/** Reads an email's source (RFC 5322, MIME). */
export async function readMessage(source: Buffer): Promise<Message> {
  const email = await PostalMime.parse(source);
  const addresses = (email.to ?? []).flatMap(({ address, group }) => group?.map((member) => member.address) ?? address ?? []);
  return {
    id: email.messageId ?? '',
    from: email.from?.address ?? '',
    to: addresses,
    headers: new Map(email.headers.map(({ key, value }) => [key, value])),
    rawHeaders: source.toString('latin1').split(/\r?\n\r?\n/, 1)[0] ?? '',
    subject: email.subject ?? '',
    text: email.text ?? '',
    html: email.html ?? '',
  };
}
