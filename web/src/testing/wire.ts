/** A socket that does what the test says. */
export class Wire extends EventTarget {
  static readonly all: Wire[] = [];
  readyState = 0;
  readonly sent: string[] = [];

  constructor() {
    super();
    Wire.all.push(this);
  }

  opens(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  says(frame: object): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }

  closes(code: number): void {
    this.readyState = 3;
    this.dispatchEvent(new CloseEvent("close", { code }));
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.readyState = 3;
  }
}
