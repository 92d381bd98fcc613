import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { freePort, run } from './process';

/** Debian keeps these off the `PATH`, one folder a version. */
const folders = '/usr/lib/postgresql';

const isRoot = process.getuid?.() === 0;

/** A PostgreSQL server in which tests may create databases. */
export class Cluster {
  private constructor(
    private readonly url: string,
    private readonly own?: { child: ChildProcess; folder: string },
  ) {}

  /** The one that `cargo xtask test` started, or a private one in a temporary folder. */
  static async start(): Promise<Cluster> {
    const given = process.env.COUNTERSIGN_TEST_POSTGRES_URL;
    if (given) {
      return new Cluster(given);
    }
    const folder = await mkdtemp(join(tmpdir(), 'countersign-postgres-'));
    await giveAway(folder);
    const data = join(folder, 'data');
    const initdb = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', `--pgdata=${data}`];
    await run(...asAnother(program('initdb'), initdb), { cwd: '/' });
    const port = await freePort();
    const settings = ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'synchronous_commit=off'];
    const args = ['-D', data, '-k', folder, '-h', '127.0.0.1', '-p', String(port), ...settings];
    const child = spawn(...asAnother(program('postgres'), args), { cwd: '/', stdio: 'ignore' });
    const cluster = new Cluster(`postgres://postgres@127.0.0.1:${port}/postgres`, { child, folder });
    const isReady = () => cluster.query('SELECT 1').then(Boolean, () => false);
    await expect.poll(isReady, { message: 'PostgreSQL answers', timeout: 15_000, intervals: [50] }).toBe(true);
    return cluster;
  }

  /** A new, empty database, and the way to remove it. */
  async createDatabase(): Promise<{ url: string; drop: () => Promise<unknown> }> {
    const name = `end2end_${randomUUID().replaceAll('-', '')}`;
    await this.query(`CREATE DATABASE ${name}`);
    const url = new URL(this.url);
    url.pathname = name;
    return { url: url.href, drop: () => this.query(`DROP DATABASE ${name} WITH (FORCE)`) };
  }

  /** Ends the private one, and leaves one that was given as it is. */
  async stop(): Promise<void> {
    if (!this.own) {
      return;
    }
    const { child, folder } = this.own;
    const exit = new Promise((done) => child.once('exit', done));
    // Fast shutdown: it ends its sessions and frees its shared memory.
    child.kill('SIGINT');
    await exit;
    await rm(folder, { recursive: true, force: true });
  }

  private query(sql: string): Promise<string> {
    return run(program('psql'), ['--no-psqlrc', '--quiet', '--tuples-only', '--dbname', this.url, '--command', sql]);
  }
}

function program(name: string): string {
  const versions = existsSync(folders) ? readdirSync(folders) : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(folders, version, 'bin', name));
  return newest.find((path) => existsSync(path)) ?? name;
}

/** PostgreSQL refuses to run as root. */
function asAnother(path: string, args: string[]): [string, string[]] {
  return isRoot ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', '--', path, ...args]] : [path, args];
}

async function giveAway(folder: string): Promise<void> {
  if (isRoot) {
    const id = (kind: string) => run('id', [kind, 'postgres']).then(Number);
    await chown(folder, await id('-u'), await id('-g'));
  }
}
