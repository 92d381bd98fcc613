import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as after } from 'node:timers/promises';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { type Certificate, createCertificate } from './certificate';
import { isTo, Mailbox } from './mailbox';
import { type Message, readMessage } from './message';

/** How a post office is reached. */
export interface PostOfficeOptions {
  /** Required after STARTTLS, from the first byte on, or not at all. */
  tls?: 'starttls' | 'implicit' | 'none';
  /** Who may send; anybody if nobody is named. */
  login?: { user: string; pass: string };
  port?: number;
}

/** A message as it came in; `from` and `to` are the envelope's. */
export interface Delivered extends Message {
  receivedAt: Date;
  /** It came over TLS. */
  isSecure: boolean;
  /** Whose login it came under. */
  user?: string;
}

/** A real SMTP server on loopback, which keeps what it is given and can be told to misbehave. */
export class PostOffice extends Mailbox<Delivered> {
  /** What it says to whoever writes to a refused recipient. */
  static readonly refusal = 'Nobody of that name lives here';

  /** All it has received, oldest first. */
  readonly messages: Delivered[] = [];

  private readonly sockets = new Set<Socket>();
  private server: SMTPServer | undefined;
  private port: number;
  private refusing: number | undefined;
  private breakingOff: { times: number; to?: string } = { times: 0 };
  private delay = 0;

  private constructor(
    private readonly options: PostOfficeOptions,
    private readonly certificate?: Certificate,
  ) {
    super();
    this.port = options.port ?? 0;
  }

  static async start(options: PostOfficeOptions = {}): Promise<PostOffice> {
    const isPlain = (options.tls ?? 'none') === 'none';
    const post = new PostOffice(options, isPlain ? undefined : await createCertificate());
    await post.restart();
    return post;
  }

  /** For `COUNTERSIGN_SMTP_URL`. */
  get url(): string {
    const { tls = 'none', login } = this.options;
    const who = login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.pass)}@` : '';
    const where = `${who}127.0.0.1:${this.port}`;
    return { implicit: `smtps://${where}`, starttls: `smtp://${where}`, none: `smtp://${where}?tls=none` }[tls];
  }

  /** For `SSL_CERT_FILE`, where there is TLS. */
  get caFile(): string | undefined {
    return this.certificate?.caFile;
  }

  /** Everything that came for this address, taken or not, oldest first. */
  mailTo(address: string): Delivered[] {
    return this.messages.filter((message) => isTo(message, address));
  }

  /** From now on nobody lives here: 5xx is for good, 4xx for the time being. */
  refuseRecipients(code = 550): void {
    this.refusing = code;
  }

  /** From now on everybody lives here again. */
  acceptRecipients(): void {
    this.refusing = undefined;
  }

  /** The next messages, to `to` or to anybody, are received whole, and the line is cut instead of an answer. */
  breakOffAfterData(times = 1, to?: string): void {
    this.breakingOff = { times, to };
  }

  /** From now on a message is answered `ms` milliseconds after it came. */
  slow(ms: number): void {
    this.delay = ms;
  }

  /** Closes, cutting every line. What was received stays. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server) {
      const closed = new Promise<void>((done) => server.close(done));
      this.sockets.forEach((socket) => socket.destroy());
      await closed;
    }
  }

  /** Opens again on the same port, closing first if it is open. */
  async restart(): Promise<void> {
    await this.close();
    const server = this.create();
    server.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((open, fail) => {
      server.once('error', fail);
      server.listen(this.port, '127.0.0.1', open);
    });
    // A client that hangs up isn't our failure.
    server.on('error', () => undefined);
    this.port = (server.server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Closes for good. */
  async stop(): Promise<void> {
    await this.close();
    await this.certificate?.remove();
  }

  protected arrived(): Delivered[] {
    return this.messages;
  }

  private create(): SMTPServer {
    const { tls = 'none', login } = this.options;
    const disabledCommands = [...(tls === 'starttls' ? [] : ['STARTTLS']), ...(login ? [] : ['AUTH'])];
    return new SMTPServer({
      secure: tls === 'implicit',
      key: this.certificate?.key,
      cert: this.certificate?.cert,
      disabledCommands,
      authOptional: !login,
      allowInsecureAuth: tls === 'none',
      disableReverseLookup: true,
      onAuth: ({ username, password }, _session, answer) => {
        const isRight = username === login?.user && password === login?.pass;
        answer(isRight ? null : refusal(535, 'That login is not known here'), isRight ? { user: username } : undefined);
      },
      onMailFrom: (_address, { secure }, answer) => answer(tls === 'starttls' && !secure ? refusal(530, 'Must issue STARTTLS first') : null),
      onRcptTo: (_address, _session, answer) => answer(this.refusing ? refusal(this.refusing, PostOffice.refusal) : null),
      onData: (stream, session, answer) => {
        this.receive(stream, session).then(() => answer(), answer);
      },
    });
  }

  /** Keeps the message; then answers, late if it is slow, or never. */
  private async receive(stream: SMTPServerDataStream, { envelope, secure, user, remotePort }: SMTPServerSession): Promise<void> {
    const message: Delivered = {
      ...(await readMessage(await buffer(stream))),
      from: envelope.mailFrom ? envelope.mailFrom.address : '',
      to: envelope.rcptTo.map(({ address }) => address),
      receivedAt: new Date(),
      isSecure: secure,
      ...(user && { user }),
    };
    this.messages.push(message);
    const { times, to } = this.breakingOff;
    if (times > 0 && (to === undefined || isTo(message, to))) {
      this.breakingOff = { times: times - 1, to };
      [...this.sockets].find((socket) => socket.remotePort === remotePort)?.destroy();
    } else if (this.delay > 0) {
      await after(this.delay, undefined, { ref: false });
    }
  }
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
