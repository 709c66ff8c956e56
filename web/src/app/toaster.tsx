import { Toaster as Notes } from "sonner";

/** Short notes in the corner. One that is told before this has come is shown when it has. */
export const Toaster = () => <Notes position="bottom-right" toastOptions={{ duration: 10_000 }} />;
