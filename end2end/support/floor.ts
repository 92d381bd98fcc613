import { ApiClient } from './api';
import { appName, type Organisation } from './organisation';
import * as people from './people';

/** An organisation with two teams, an account holder, a supervisor and two agents. */
export interface Floor {
  /** Holds the account; has an app. */
  osric: people.Enrolled;
  /** Supervises the night desk; has an app. */
  ludo: people.Enrolled;
  /** On the night desk; has an app. */
  wren: people.Enrolled;
  /** On the night desk; has a password only. */
  pascal: people.Member;
  /** In billing; has a password only. */
  juniper: people.Member;
}

interface Row {
  id: string;
  email: string;
}

export async function openFloor(organisation: Organisation): Promise<Floor> {
  const wren = await organisation.addEnrolled(people.wren);
  const ludo = await organisation.addEnrolled(people.ludo);
  const pascal = await organisation.add(people.pascal);
  const juniper = await organisation.add(people.juniper);
  const api = await ApiClient.open(organisation.server.origin);
  try {
    await api.signIn(people.osric);
    const app = await api.connectApp(appName);
    const backupCodes = await api.saveCodes();
    const { rows } = await api.get<{ rows: Row[] }>('/api/organisation/members');
    for (const [member, team] of [[wren, 'Night desk'], [ludo, 'Night desk'], [pascal, 'Night desk'], [juniper, 'Billing']] as const) {
      const id = rows.find((row) => row.email === member.email)?.id ?? '';
      await api.post('/api/organisation/member/place', { id, role: member.role, team });
    }
    return { osric: { ...people.osric, app, backupCodes }, ludo, wren, pascal, juniper };
  } finally {
    await api.close();
  }
}
