import { expect } from '@playwright/test';
import type { Message } from './message';

/** Which messages are meant: by subject, or by anything else. */
export type About<M extends Message = Message> = string | RegExp | ((message: M) => boolean);

/** Milliseconds in which a message comes, if nothing keeps it. */
const soon = 15_000;

/** Milliseconds in which it comes after attempts that failed. */
export const afterRetries = 60_000;

/** Milliseconds in which it comes when a server died that had just taken it: its lease has to end first. */
export const afterLease = 110_000;

/** Where mail arrives and is taken out, each message once. */
export abstract class Mailbox<M extends Message = Message> {
  private readonly taken = new WeakSet<M>();

  /** Everything that has arrived, oldest first: the same objects every time. */
  protected abstract arrived(): M[] | Promise<M[]>;

  /**
   * Takes the newest message to `to` that nobody has taken, and waits for one if need be. Those that
   * came before it and are about the same are taken with it.
   */
  async waitFor(to: string, about: About<M> = () => true, timeout = soon): Promise<M> {
    let newest: M | undefined;
    const find = async () => {
      const found = (await this.arrived()).filter((message) => !this.taken.has(message) && isTo(message, to) && matches(message, about));
      newest = found.at(-1);
      if (newest) {
        found.forEach((message) => this.taken.add(message));
      }
      return newest;
    };
    await expect.poll(find, { message: `mail to ${to}`, timeout, intervals: [50, 100, 250] }).toBeTruthy();
    return newest as M;
  }
}

/** An address names the same person in either case. */
export function isTo({ to }: Message, address: string): boolean {
  return to.some((recipient) => recipient.toLowerCase() === address.toLowerCase());
}

function matches<M extends Message>(message: M, about: About<M>): boolean {
  if (typeof about === 'function') {
    return about(message);
  }
  return typeof about === 'string' ? message.subject === about : about.test(message.subject);
}
