const ASK_EVERY_MS = 1_000;

/**
 * A part of the build that is loaded when it is first needed. While the line is down it is asked for again and again, so
 * that a cut breaks no page. Throws where the server answers and the part still does not come: after a release, it is gone.
 */
export async function arriving<T>(load: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch {
      if (await answers()) return await load();
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch("/api/sign-in", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
