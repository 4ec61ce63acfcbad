/** The default rules, as a broker: `settlement.ts` and its neighbours, and how they are put in words. */
import type { Broker, BrokerMemory, DeskRules, Journal, Scope } from './broker.ts';
import { OrderError } from './order.ts';
import type { CheckedOrder } from './order-check.ts';
import type { Rules } from './policies.ts';
import { LockstepSettlement } from './settlement.ts';

const desk: DeskRules = {
  check(order: CheckedOrder): void {
    if (order.closes === 0) return;
    throw new OrderError(
      'these fill rules have one position a symbol and no trades to close one by one; use reduceOnly',
    );
  },
  cancels: 'at the call',
  hasReplace: true,
  hasGroups: true,
  sizesLater: false,
};

export const lockstepBroker: Broker = {
  name: 'lockstep',
  isSameStep: false,
  desk,
  scope,
  conventions,
  settlement: (memory: BrokerMemory, journal: Journal) => new LockstepSettlement(memory, journal),
};

/** Features that read the whole account at every step, and not only where an order asks for it. */
const ACCOUNT_FEATURES: readonly ((rules: Rules) => boolean)[] = [
  ({ account }) => account.kind === 'margin', // Maintenance.
  ({ limits }) => limits.dailyLossPercent !== null,
  ({ limits }) => limits.drawdownPercent !== null,
];

function scope(rules: Rules): Scope {
  return ACCOUNT_FEATURES.some((isOn) => isOn(rules)) ? 'account' : 'symbol';
}

function conventions({ intrabar, limitTouch, maxVolume, account }: Rules): string[] {
  return [
    'orders are live from the next bar of their symbol; market orders fill at its open',
    'a gap through a stop or a limit fills at the open; a limit is never filled worse than its limit',
    limitTouch === 'touch'
      ? 'a price that touches a limit fills it'
      : 'a limit fills only when the price trades through it',
    `within a bar: ${INTRABAR_WORDS[intrabar]}`,
    'exits at the open, then entries by step of submission, then exits within the bar, which do not pay for entries of their step',
    maxVolume === null
      ? 'no cap on the volume traded'
      : `fills take at most ${maxVolume} of a bar's volume, all orders together; the rest stays live`,
    ...(account.kind === 'margin'
      ? ['below the maintenance margin each position is closed at the open of its next bar']
      : []),
  ];
}

const INTRABAR_WORDS: Readonly<Record<Rules['intrabar'], string>> = {
  pessimistic: 'where a stop and a target are both touched, the stop came first',
  optimistic: 'where a stop and a target are both touched, the target came first',
  path: 'the price is taken to walk open-high-low-close in a falling bar, open-low-high-close in a rising one',
};
