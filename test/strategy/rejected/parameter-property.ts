import { Strategy } from 'lockstep';

class Window {
  constructor(private readonly size: number) {}
}

export default class extends Strategy {
  window = new Window(3);
}
