import type { Authenticator } from './authenticator';

/** Somebody who can sign in. */
export interface Member {
  name: string;
  email: string;
  password: string;
  role: 'agent' | 'supervisor' | 'account-holder';
}

/** Somebody with a second step. */
export interface Enrolled extends Member {
  app: Authenticator;
  backupCodes: string[];
}

const member = (name: string, email: string, role: Member['role']): Member => ({
  name,
  email,
  role,
  password: 'plover-candle-ninety-six',
});

export const osric = member('Osric Fenn', 'osric.fenn@example.com', 'account-holder');
export const wren = member('Wren Halloway', 'wren.halloway@example.com', 'agent');
export const pascal = member('Pascal Oduya', 'pascal.oduya@example.com', 'agent');
export const ludo = member('Ludo Marchbank', 'ludo.marchbank@example.com', 'supervisor');
export const juniper = member('Juniper Vance-Okoro', 'juniper.vance@example.com', 'agent');
