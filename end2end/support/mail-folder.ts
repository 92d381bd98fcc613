import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Mailbox } from './mailbox';
import { type Message, readMessage } from './message';

interface Filed extends Message {
  writtenAt: bigint;
}

/** Where a server without SMTP puts its mail: one .eml file a message. */
export class MailFolder extends Mailbox<Filed> {
  private readonly read = new Map<string, Filed>();

  constructor(private readonly folder: string) {
    super();
  }

  protected async arrived(): Promise<Filed[]> {
    for (const name of await this.names()) {
      if (!this.read.has(name)) {
        const path = join(this.folder, name);
        const { mtimeNs } = await stat(path, { bigint: true });
        this.read.set(name, { ...(await readMessage(await readFile(path))), writtenAt: mtimeNs });
      }
    }
    return [...this.read.values()].sort((a, b) => (a.writtenAt < b.writtenAt ? -1 : 1));
  }

  /** The server makes the folder with its first message, and names a file .eml once it is whole. */
  private async names(): Promise<string[]> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? [] : Promise.reject(error)));
    return names.filter((name) => name.endsWith('.eml'));
  }
}
