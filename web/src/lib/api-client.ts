/** The api: typed by its OpenAPI, signed by the session, its problems thrown as errors that say what to do. */

import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "@/generated/api";
import { session } from "@/lib/session";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

export class ApiProblem extends Error {
  override name = "ApiProblem";
  readonly problem: Problem;
  /** Seconds after which it may be asked again, where the server said so. */
  readonly retryAfterS: number | null;

  constructor(problem: Problem, retryAfterS: number | null) {
    super(problem.detail);
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }

  get status(): number {
    return this.problem.status;
  }
}

const SOON_MS = 1_000;
const MOST_MS = 10_000;

const TOO_MANY = 429;

/** Whether it may answer another time: it was not reached, it failed or was not ready, or it was asked too often. */
export const mayAnswerLater = (error: Error): boolean =>
  !(error instanceof ApiProblem && error.status < 500 && error.status !== TOO_MANY);

/** Milliseconds until it is asked again: as long as the server said, else ever longer. */
export function askAgainMs(failures: number, error: Error): number {
  const said = error instanceof ApiProblem ? error.retryAfterS : null;
  return said === null ? Math.min(SOON_MS * 2 ** failures, MOST_MS) : said * 1_000;
}

const signed: Middleware = {
  onRequest({ request }) {
    const token = session.get()?.token;
    if (token !== undefined) request.headers.set("Authorization", `Bearer ${token}`);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok || response.status === 304) return undefined;
    if (response.status === 401) session.end("expired");
    const retry = response.headers.get("Retry-After");
    throw new ApiProblem(await problemOf(response), retry === null ? null : Number(retry));
  },
};

async function problemOf(response: Response): Promise<Problem> {
  if (response.headers.get("Content-Type")?.includes("json")) {
    return (await response.clone().json()) as Problem;
  }
  const detail = "Something between this page and Cadastre answered instead. Try again in a moment.";
  return {
    type: "about:blank",
    status: response.status,
    title: "No answer from Cadastre",
    code: "gateway",
    detail,
    errors: [],
  };
}

export const api = createClient<paths>({ baseUrl: "", querySerializer: { array: { style: "form", explode: true } } });
api.use(signed);

/** The data of an answer; problems were thrown before. */
export async function answer<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  if (data === undefined) throw new TypeError("an answer without a body");
  return data;
}

/** What a command carries: a key of its own, so that a repeat does nothing, and the version that was seen. */
export function commandHeaders(version: string): { "Idempotency-Key": string; "If-Match": string } {
  return { "Idempotency-Key": crypto.randomUUID(), "If-Match": `"${version}"` };
}
