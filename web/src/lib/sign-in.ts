/** Tokens from the issuer that the api names. The local one signs for whoever names one of its users. */

import { answer, api, type Schemas } from "@/lib/api-client";
import { type Session, session } from "@/lib/session";

export interface LocalUser {
  username: string;
  name: string;
  role: string;
  regions: string[];
}

export const issuer = (): Promise<Schemas["SignIn"]> => answer(api.GET("/api/sign-in"));

export async function localUsers(at: string): Promise<LocalUser[]> {
  const response = await fetch(`${at}/users`);
  if (!response.ok) throw new Error(`The issuer answered ${response.status}. Is it running?`);
  return (await response.json()) as LocalUser[];
}

export async function localToken(at: string, username: string): Promise<Session> {
  const response = await fetch(`${at}/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username }),
  });
  if (!response.ok) throw new Error(`The issuer does not know ${username}.`);
  const found = (await response.json()) as { access_token: string; expires_in: number };
  return { token: found.access_token, expiresAt: Date.now() + found.expires_in * 1_000, username };
}

export async function signInLocally(at: string, username: string): Promise<void> {
  session.begin(await localToken(at, username));
}

/** Keeps who is signed in signed in, where the issuer is the local one: it asks for no password. */
export async function renewLocally(): Promise<void> {
  const { local, issuer: at } = await issuer();
  if (local) session.renewBy((username) => localToken(at, username));
}
