import { timeZone } from './server';

/** The clock times that "in `seconds`" may be by now, as pages write them. */
export function clockIn(seconds: number): RegExp {
  const format = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone });
  // The act it is counted from was a moment ago.
  const times = [-5, 0].map((ago) => format.format(Date.now() + (seconds + ago) * 1000));
  return new RegExp(times.join('|'));
}
