export interface Half {
  readonly half: number;
}
export const half = 0.5;
