import { useMutation, useQuery } from "@tanstack/react-query";
import { ChevronRightIcon, KeyRoundIcon } from "lucide-react";
import { ErrorState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import type { Schemas } from "@/lib/api-client";
import { words } from "@/lib/format";
import { session } from "@/lib/session";
import { issuer, type LocalUser, localUsers, signInLocally } from "@/lib/sign-in";

const REASONS = {
  "signed-out": "You have signed out.",
  expired: "Your sign-in has ended. Sign in to go on where you were.",
  scope: "Your regions have changed. Sign in again to see them.",
};

export function SignInPage() {
  const asked = useQuery({ queryKey: ["issuer"], queryFn: issuer });
  const reason = session.reason();
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <Card className="w-full max-w-md">
        <CardHeader className="flex-col items-start gap-1 pt-6">
          <img src="/mark.svg" alt="" className="mb-2 size-9" />
          <h1 className="font-semibold text-title">Sign in to Cadastre</h1>
          {reason && <CardDescription role="status">{REASONS[reason]}</CardDescription>}
        </CardHeader>
        <CardContent>
          {asked.isPending && <Skeleton className="h-40" />}
          {asked.isError && <ErrorState error={asked.error} retry={() => void asked.refetch()} />}
          {asked.data?.local === true && <LocalUsers at={asked.data.issuer} />}
          {asked.data?.local === false && <AtIssuer at={asked.data} />}
        </CardContent>
      </Card>
    </main>
  );
}

/** The issuer's own page asks who one is; its code is loaded only where there is such an issuer. */
function AtIssuer({ at }: { at: Schemas["SignIn"] }) {
  const back = useQuery({
    queryKey: ["back", at.issuer],
    queryFn: async () => {
      const oidc = await import("@/lib/oidc");
      if (oidc.isBack()) await oidc.comeBack(at);
      return null;
    },
    staleTime: "static",
    retry: false,
  });
  const leave = useMutation({ mutationFn: async () => (await import("@/lib/oidc")).leaveToSignIn(at) });
  const error = leave.error ?? back.error;
  return (
    <>
      <Button size="lg" className="w-full" disabled={leave.isPending || back.isFetching} onClick={() => leave.mutate()}>
        <KeyRoundIcon aria-hidden /> Sign in
      </Button>
      <p className="mt-2 text-label text-muted-foreground">At {new URL(at.issuer).host}</p>
      {error && (
        <p role="alert" className="mt-2 text-destructive text-table">
          It did not work: {error.message}. Try again, or ask who runs the issuer.
        </p>
      )}
    </>
  );
}

function LocalUsers({ at }: { at: string }) {
  const users = useQuery({ queryKey: ["users", at], queryFn: () => localUsers(at) });
  const signIn = useMutation({ mutationFn: (username: string) => signInLocally(at, username) });
  if (users.isPending) return <Skeleton className="h-40" />;
  if (users.isError) return <ErrorState error={users.error} retry={() => void users.refetch()} />;
  return (
    <>
      <p className="mb-2 text-muted-foreground text-table">This is a local Cadastre. Who are you today?</p>
      <ul className="divide-y rounded-md border">
        {users.data.map((user) => (
          <li key={user.username}>
            <button
              type="button"
              disabled={signIn.isPending}
              onClick={() => signIn.mutate(user.username)}
              className="flex w-full items-center justify-between gap-3 px-3 py-2 text-left hover:bg-muted"
            >
              <span>
                <span className="block font-medium">{user.name}</span>
                <span className="block text-label text-muted-foreground">{seen(user)}</span>
              </span>
              <ChevronRightIcon className="size-4 text-muted-foreground" aria-hidden />
            </button>
          </li>
        ))}
      </ul>
      {signIn.isError && (
        <p role="alert" className="mt-2 text-destructive text-table">
          {signIn.error.message}
        </p>
      )}
    </>
  );
}

function seen({ role, regions }: LocalUser): string {
  if (role === "operator") return "Operator: the pipeline, no clients";
  return `${words(role)}: ${regions.length === 0 ? "all regions" : regions.join(", ")}`;
}
