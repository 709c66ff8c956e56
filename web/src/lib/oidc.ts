/**
 * Sign-in at an issuer that is not ours: an authorization code with PKCE (RFC 6749, RFC 7636), by oauth4webapi. The
 * page leaves for the issuer and comes back with a code; what it must remember meanwhile is kept by the tab.
 */

import * as oauth from "oauth4webapi";
import type { Schemas } from "@/lib/api-client";
import { type Session, session } from "@/lib/session";

type SignIn = Schemas["SignIn"];

interface Leaving {
  verifier: string;
  state: string;
  /** Where the person was: they come back to it. */
  path: string;
}

const KEY = "cadastre.oidc";
const SCOPE = "openid profile";
const redirectUri = (): string => `${location.origin}/`;

async function server(at: SignIn): Promise<[oauth.AuthorizationServer, { [oauth.allowInsecureRequests]?: boolean }]> {
  const issuer = new URL(at.issuer);
  // A machine's own issuer may speak http; anything farther away must not.
  const options = { [oauth.allowInsecureRequests]: ["localhost", "127.0.0.1"].includes(issuer.hostname) };
  const found = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
  return [found, options];
}

/** Leaves the page for the issuer. */
export async function leaveToSignIn(at: SignIn): Promise<void> {
  const [found] = await server(at);
  if (found.authorization_endpoint === undefined) throw new Error(`${at.issuer} names no authorization_endpoint`);
  const leaving: Leaving = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    path: location.pathname + location.search,
  };
  sessionStorage.setItem(KEY, JSON.stringify(leaving));
  const url = new URL(found.authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: at.client_id,
    redirect_uri: redirectUri(),
    scope: SCOPE,
    audience: at.audience,
    state: leaving.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(leaving.verifier),
    code_challenge_method: "S256",
  }).toString();
  location.assign(url);
}

/** Whether this address is that of somebody who comes back from the issuer. */
export function isBack(): boolean {
  const query = new URLSearchParams(location.search);
  return sessionStorage.getItem(KEY) !== null && query.has("state") && (query.has("code") || query.has("error"));
}

/** Turns the code into a session, and goes on where the person was. Throws what the issuer says against it. */
export async function comeBack(at: SignIn): Promise<void> {
  const leaving = JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Leaving;
  sessionStorage.removeItem(KEY); // a code is good once
  const here = new URL(location.href);
  history.replaceState(null, "", leaving.path);
  const [found, options] = await server(at);
  const client: oauth.Client = { client_id: at.client_id };
  const good = oauth.validateAuthResponse(found, client, here, leaving.state);
  const answer = await oauth.authorizationCodeGrantRequest(
    found,
    client,
    oauth.None(),
    good,
    redirectUri(),
    leaving.verifier,
    options,
  );
  session.begin(sessionOf(await oauth.processAuthorizationCodeResponse(found, client, answer)));
}

function sessionOf({ access_token, expires_in }: oauth.TokenEndpointResponse): Session {
  const [, claims = ""] = access_token.split(".");
  const { sub } = JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))) as { sub: string };
  return { token: access_token, expiresAt: Date.now() + (expires_in ?? 600) * 1_000, username: sub };
}
