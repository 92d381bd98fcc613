import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from '@playwright/test';
import { end, freePort } from './process';
import { answers, type Behind, type Proxy, replaceAll } from './proxy';

const documented = resolve(import.meta.dirname, '../../docs/integrations/Caddyfile');

/** Caddy with the configuration that `docs/integrations` shows, on a port of its own. */
export class Caddy implements Proxy {
  private logged = '';

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  static async start({ countersign, wallboard }: Behind, port: number): Promise<Caddy> {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-caddy-'));
    const sites = replaceAll(await readFile(documented, 'utf8'), { '127.0.0.1:3000': countersign, '127.0.0.1:8080': wallboard });
    // Certificates of its own making, on a port of our choosing: nobody outside is asked for any.
    const options = [`https_port ${port}`, `http_port ${await freePort()}`, 'default_bind 127.0.0.1', 'local_certs', 'skip_install_trust', 'auto_https disable_redirects', 'admin off'];
    const config = join(folder, 'Caddyfile');
    await writeFile(config, `{\n\t${options.join('\n\t')}\n}\n\n${sites}`);
    const env = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    const child = spawn('caddy', ['run', '--adapter', 'caddyfile', '--config', config], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const caddy = new Caddy(port, folder, child);
    child.stderr?.on('data', (text) => (caddy.logged += text));
    await expect.poll(() => caddy.isUp(), { message: 'Caddy answers', timeout: 10_000, intervals: [25] }).toBe(true);
    return caddy;
  }

  get log(): string {
    return this.logged;
  }

  async stop(): Promise<void> {
    await end(this.child);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async isUp(): Promise<boolean> {
    if (this.child.exitCode !== null) {
      throw new Error(`Caddy stopped: ${this.logged}`);
    }
    return answers(this.port);
  }
}
