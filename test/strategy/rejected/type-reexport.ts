export { default } from './throws.ts';
export { Half } from './helpers/half.ts';
