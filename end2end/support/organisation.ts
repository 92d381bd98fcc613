import { ApiClient } from './api';
import { type Enrolled, type Member, osric } from './people';
import type { Server } from './server';

/** What the app of everybody who is enrolled here is called. */
export const appName = 'Phone app';

/** An organisation on a server, made through its set-up link. */
export class Organisation {
  static readonly title = 'Quillbrook Support';

  private constructor(readonly server: Server) {}

  static async create(server: Server): Promise<Organisation> {
    const organisation = new Organisation(server);
    const token = new URL(await server.setUpLink()).searchParams.get('token') ?? '';
    const { name, email, password } = osric;
    await organisation.call((api) => api.post('/api/set-up', { token, organisation: this.title, name, email, password }));
    return organisation;
  }

  /** Adds a member who has a password only. */
  async add(member: Member): Promise<Member> {
    await this.server.command(['member', 'add', member.email, '--name', member.name, '--role', member.role], `${member.password}\n`);
    return member;
  }

  /** Adds a member with an app and backup codes. The app has handed out its first code. */
  async addEnrolled(member: Member): Promise<Enrolled> {
    await this.add(member);
    return this.call(async (api) => {
      await api.signIn(member);
      const app = await api.connectApp(appName);
      const backupCodes = await api.saveCodes();
      await api.post('/api/sign-out');
      return { ...member, app, backupCodes };
    });
  }

  /** Signs in with the first `count` backup codes of a member, so that they are used. */
  async spendBackupCodes(member: Enrolled, count: number): Promise<void> {
    for (const code of member.backupCodes.splice(0, count)) {
      await this.call(async (api) => {
        await api.signIn(member);
        await api.post('/api/second-step/backup-code', { code });
        await api.post('/api/sign-out');
      });
    }
  }

  /** Fails to sign in as `email`, `count` times, from a browser of somebody else's. */
  guessPassword(email: string, count: number): Promise<void> {
    return this.call(async (api) => {
      for (let guess = 0; guess < count; guess++) {
        await api.send('/api/sign-in', { email, password: `wrong-guess-number-${guess}` });
      }
    });
  }

  requireSecondStep(): Promise<string> {
    return this.server.command(['policy', 'require-second-step', 'on']);
  }

  private async call<T>(act: (api: ApiClient) => Promise<T>): Promise<T> {
    const api = await ApiClient.open(this.server.origin);
    try {
      return await act(api);
    } finally {
      await api.close();
    }
  }
}
