import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './process';

/** A certificate for this machine's loopback or for names given, from an authority that nobody knows. */
export interface Certificate {
  key: string;
  cert: string;
  /** What a client has to trust, for `SSL_CERT_FILE`. */
  caFile: string;
  keyFile: string;
  certFile: string;
  remove: () => Promise<void>;
}

/**
 * Makes one with `openssl` (Debian): Node can't sign certificates. Authority and server are two
 * certificates, as webpki accepts no authority's own as a server's.
 */
export async function createCertificate(names: string[] = ['localhost']): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-certificate-'));
  const make = (name: string, subject: string, extensions: string[], issuer: string[] = []) =>
    run(
      'openssl',
      [
        ...['req', '-x509', '-days', '2', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${subject}`],
        ...issuer,
        ...extensions.flatMap((extension) => ['-addext', extension]),
      ],
      { cwd: folder },
    );
  await make('ca', 'Post office authority', ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign']);
  await make(
    'server',
    'localhost',
    [
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature',
      'extendedKeyUsage=serverAuth',
      `subjectAltName=${['IP:127.0.0.1', ...names.map((name) => `DNS:${name}`)].join()}`,
    ],
    ['-CA', 'ca.pem', '-CAkey', 'ca.key'],
  );
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  return {
    key: await read('server.key'),
    cert: await read('server.pem'),
    caFile: join(folder, 'ca.pem'),
    keyFile: join(folder, 'server.key'),
    certFile: join(folder, 'server.pem'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
