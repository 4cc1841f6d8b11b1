/** One RPC: where it is, how its messages become bytes and come back. */
export interface MethodDescription<Request, Response> {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (value: Request) => Buffer;
  /** Throws `MalformedMessage`. */
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseSerialize: (value: Response) => Buffer;
  /** Throws `MalformedMessage`. */
  readonly responseDeserialize: (bytes: Buffer) => Response;
}
