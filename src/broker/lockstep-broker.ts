/** The default rules, as a broker: `settlement.ts` and its neighbours, and how they are put in words. */
import type { Broker, BrokerMemory, Journal } from './broker.ts';
import type { Rules } from './policies.ts';
import { LockstepSettlement } from './settlement.ts';

export const lockstepBroker: Broker = {
  name: 'lockstep',
  scope: 'symbol',
  conventions,
  settlement: (memory: BrokerMemory, journal: Journal) => new LockstepSettlement(memory, journal),
};

function conventions({ intrabar, limitTouch }: Rules): string[] {
  return [
    'orders are live from the next bar of their symbol; market orders fill at its open',
    'a gap through a stop or a limit fills at the open; a limit is never filled worse than its limit',
    limitTouch === 'touch'
      ? 'a price that touches a limit fills it'
      : 'a limit fills only when the price trades through it',
    `within a bar: ${INTRABAR_WORDS[intrabar]}`,
    'exits at the open, then entries by step of submission, then exits within the bar, which do not pay for entries of their step',
    'no cap on the volume traded',
  ];
}

const INTRABAR_WORDS: Readonly<Record<Rules['intrabar'], string>> = {
  pessimistic: 'where a stop and a target are both touched, the stop came first',
  optimistic: 'where a stop and a target are both touched, the target came first',
  path: 'the price is taken to walk open-high-low-close in a falling bar, open-low-high-close in a rising one',
};
