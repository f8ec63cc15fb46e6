// Where a box's SSH answers.

export interface Endpoint {
  /** A name or an address. */
  host: string;
  port: number;
}
