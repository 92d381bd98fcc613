import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from '@playwright/test';
import { type Certificate, createCertificate } from './certificate';
import { end } from './process';
import { answers, type Behind, type Proxy, replaceAll, signInHost, wallboardHost } from './proxy';

const documented = resolve(import.meta.dirname, '../../docs/integrations/nginx.conf');
const program = existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx';

/** nginx with the configuration that `docs/integrations` shows, on a port of its own. */
export class Nginx implements Proxy {
  private logged = '';

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly certificate: Certificate,
    private readonly child: ChildProcess,
  ) {}

  static async start({ countersign, wallboard }: Behind, port: number): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-nginx-'));
    const certificate = await createCertificate([signInHost, wallboardHost]);
    const site = replaceAll(await readFile(documented, 'utf8'), {
      'listen      443 ssl;': `listen 127.0.0.1:${port} ssl;`,
      '/etc/ssl/certs/example.com.pem': certificate.certFile,
      '/etc/ssl/private/example.com.key': certificate.keyFile,
      'server 127.0.0.1:3000;': `server ${countersign};`,
      'server 127.0.0.1:8080;': `server ${wallboard};`,
    });
    await writeFile(join(folder, 'site.conf'), site);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(folder, name)};`);
    const main = [
      'daemon off;',
      // Its package's user couldn't read a folder that only its owner may.
      ...(process.getuid?.() === 0 ? ['user root;'] : []),
      `pid ${join(folder, 'pid')};`,
      'error_log stderr warn;',
      'events {}',
      `http { access_log off; ${temporary.join(' ')} include ${join(folder, 'site.conf')}; }`,
    ];
    await writeFile(join(folder, 'nginx.conf'), main.join('\n'));
    const child = spawn(program, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const nginx = new Nginx(port, folder, certificate, child);
    child.stderr?.on('data', (text) => (nginx.logged += text));
    await expect.poll(() => nginx.isUp(), { message: 'nginx answers', timeout: 10_000, intervals: [25] }).toBe(true);
    return nginx;
  }

  get log(): string {
    return this.logged;
  }

  async stop(): Promise<void> {
    await end(this.child);
    await rm(this.folder, { recursive: true, force: true });
    await this.certificate.remove();
  }

  private async isUp(): Promise<boolean> {
    if (this.child.exitCode !== null) {
      throw new Error(`nginx stopped: ${this.logged}`);
    }
    return answers(this.port);
  }
}
