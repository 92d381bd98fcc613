import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from '@playwright/test';
import { MailFolder } from './mail-folder';
import { attempt, type Ended, freePort, run } from './process';

const binary = process.env.COUNTERSIGN_BIN ?? resolve(import.meta.dirname, '../../target/debug/countersign');

/** The organisation's time zone, which every clock time on the screen is in. */
export const timeZone = 'Europe/London';

/** `countersign serve` on an empty database of its own. */
export class Server {
  /** Where its mail goes if it was given no SMTP server. */
  readonly mailFolder: MailFolder;

  private printed = '';
  private logged = '';
  private child: ChildProcess | undefined;
  private exit: Promise<number | null> = Promise.resolve(null);

  private constructor(
    readonly origin: string,
    private readonly folder: string,
    private env: NodeJS.ProcessEnv,
  ) {
    this.mailFolder = new MailFolder(join(folder, 'mail'));
  }

  /** Starts one and waits until it answers. Without `databaseUrl` it makes a SQLite file. */
  static async start(databaseUrl?: string, environment: Record<string, string> = {}): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-end2end-'));
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    const env = {
      PATH: process.env.PATH,
      COUNTERSIGN_LISTEN: `127.0.0.1:${port}`,
      COUNTERSIGN_PUBLIC_URL: origin,
      COUNTERSIGN_DATA_DIR: folder,
      COUNTERSIGN_TIME_ZONE: timeZone,
      // The least that is allowed: these tests are about what people see, not about the hash.
      COUNTERSIGN_HASH_MEMORY_KIB: '7168',
      COUNTERSIGN_HASH_PASSES: '1',
      ...(databaseUrl && { COUNTERSIGN_DATABASE_URL: databaseUrl }),
      ...environment,
    };
    const server = new Server(origin, folder, env);
    await server.startAgain();
    return server;
  }

  /** Starts it on what it stored, on the same port, and waits until it answers. Its log goes on. */
  async startAgain(): Promise<void> {
    const child = spawn(binary, ['serve'], { env: this.env, cwd: this.folder });
    child.stdout.on('data', (text) => (this.printed += text));
    child.stderr.on('data', (text) => (this.logged += text));
    this.exit = new Promise((done) => child.once('exit', done));
    this.child = child;
    await expect
      .poll(() => this.isHealthy(), { message: 'the server answers', timeout: 15_000, intervals: [25] })
      .toBe(true);
  }

  /** Ends it as a power cut would: it learns nothing of it. */
  async kill9(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.exit;
    this.child = undefined;
  }

  /** Ends it and starts it again with more in its environment. */
  async restartWith(environment: Record<string, string>): Promise<void> {
    this.child?.kill('SIGTERM');
    await this.exit;
    this.env = { ...this.env, ...environment };
    await this.startAgain();
  }

  /** The address it listens on. */
  get address(): string {
    return new URL(this.origin).host.replace('localhost', '127.0.0.1');
  }

  /** The link that an empty installation prints. */
  async setUpLink(): Promise<string> {
    const link = () => this.printed.match(/http\S+\/set-up\?token=\S+/)?.[0];
    await expect.poll(link, { message: 'the set-up link is printed' }).toBeTruthy();
    return link() ?? '';
  }

  /** Runs another command of the same binary on the same installation. */
  command(args: string[], input?: string): Promise<string> {
    return run(binary, args, { input, env: this.env, cwd: this.folder });
  }

  /** What `countersign doctor` finds, and whether anything is wrong (exit code 1). */
  doctor(): Promise<Ended> {
    // On any port: that of a running server can't be listened on, which it would find wrong.
    const env = { ...this.env, COUNTERSIGN_LISTEN: '127.0.0.1:0' };
    return attempt(binary, ['doctor'], { env, cwd: this.folder });
  }

  /** What it wrote to its log so far. */
  get log(): string {
    return this.logged;
  }

  /** Asks it to stop as a service manager would, unless it was killed, and removes what it stored. */
  async stop(): Promise<void> {
    const { child } = this;
    child?.kill('SIGTERM');
    const code = await this.exit;
    await rm(this.folder, { recursive: true, force: true });
    if (child) {
      expect(code, `the server stops cleanly:\n${this.logged}`).toBe(0);
    }
    expect(this.logged, 'the server logs no fault').not.toMatch(/ERROR|panicked/);
  }

  private async isHealthy(): Promise<boolean> {
    if (typeof this.child?.exitCode === 'number') {
      throw new Error(`the server stopped: ${this.logged}`);
    }
    return fetch(`${this.origin}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
  }
}
