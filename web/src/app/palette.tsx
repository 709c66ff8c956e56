import { Command } from "cmdk";
import { LandmarkIcon, LoaderIcon, SearchIcon, UsersRoundIcon } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { PAGES } from "@/app/navigation";
import { type Action, useActions } from "@/app/palette-actions";
import { useFound } from "@/app/use-found";
import { Highlighted } from "@/components/highlighted";
import { TerritoryMark } from "@/components/territory-mark";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { cn } from "@/lib/cn";
import { advisorHref, clientsHref, territoryHref, useClientHref } from "@/lib/links";

const GROUP =
  "[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-label [&_[cmdk-group-heading]]:text-muted-foreground";

/** Pages, what a few letters find, and acts: everything by the keyboard. A client opens over the page that is there. */
export function Palette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const [typed, setTyped] = useState("");
  const { found, words, searching, error } = useFound(typed);
  const navigate = useNavigate();
  const clientHref = useClientHref();
  const go = (to: string) => {
    onClose();
    void navigate(to);
  };
  const fits = (name: string) => name.toLowerCase().includes(typed.trim().toLowerCase());
  const pages = PAGES.filter((page) => fits(page.name));
  const actions = useActions(onShortcuts).filter((action) => fits(action.name));
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent className="top-[10dvh] max-w-xl translate-y-0 overflow-hidden p-0">
        <DialogTitle className="sr-only">Search and act</DialogTitle>
        <DialogDescription className="sr-only">
          Type a name, choose with the arrow keys, open with Enter.
        </DialogDescription>
        <Command shouldFilter={false} loop label="Search and act">
          <div className="flex items-center gap-2 border-b px-4 pr-14">
            {searching ? (
              <LoaderIcon className="size-4 shrink-0 animate-spin text-muted-foreground" aria-hidden />
            ) : (
              <SearchIcon className="size-4 shrink-0 text-muted-foreground" aria-hidden />
            )}
            <Command.Input
              value={typed}
              onValueChange={setTyped}
              placeholder="A client, advisor, territory, page or action"
              maxLength={100}
              className="h-13 w-full bg-transparent text-body outline-none placeholder:text-faint"
            />
          </div>
          <Command.List className="max-h-[min(60dvh,30rem)] overflow-y-auto scroll-py-2 p-2">
            {error !== null && (
              <p role="alert" className="px-2 py-3 text-table">
                {error.message}
              </p>
            )}
            {!searching && error === null && (
              <Command.Empty className="px-2 py-6 text-center text-muted-foreground text-table">
                Nothing in your regions has “{typed.trim()}” in its name.
              </Command.Empty>
            )}
            <Group heading="Pages" of={pages}>
              {(page) => (
                <Item key={page.to} value={`page ${page.to}`} icon={<page.icon />} onSelect={() => go(page.to)}>
                  {page.name}
                </Item>
              )}
            </Group>
            <Group heading="Clients" of={found.clients}>
              {({ id, name }) => (
                <Item key={id} value={`client ${id}`} icon={<LandmarkIcon />} onSelect={() => go(clientHref(id))}>
                  <Highlighted text={name} words={words} />
                </Item>
              )}
            </Group>
            <Group heading="Territories" of={found.territories}>
              {({ id, name }) => (
                <Item
                  key={id}
                  value={`territory ${id}`}
                  icon={<TerritoryMark id={id} className="mx-1" />}
                  onSelect={() => go(territoryHref(id))}
                >
                  <Highlighted text={name} words={words} />
                </Item>
              )}
            </Group>
            <Group heading="Advisors" of={found.advisors}>
              {({ id, name }) => (
                <Item key={id} value={`advisor ${id}`} icon={<UsersRoundIcon />} onSelect={() => go(advisorHref(id))}>
                  <Highlighted text={name} words={words} />
                </Item>
              )}
            </Group>
            {found.clients.length > 0 && (
              <Item value="all clients" icon={<SearchIcon />} onSelect={() => go(clientsHref({ q: words }))}>
                All clients with “{words}”
              </Item>
            )}
            <Group heading="Actions" of={actions}>
              {(action) => <ActionItem key={action.name} action={action} onClose={onClose} />}
            </Group>
          </Command.List>
        </Command>
      </DialogContent>
    </Dialog>
  );
}

function Group<T>({ heading, of, children }: { heading: string; of: readonly T[]; children: (one: T) => ReactNode }) {
  if (of.length === 0) return null;
  return (
    <Command.Group heading={heading} className={GROUP}>
      {of.map(children)}
    </Command.Group>
  );
}

function ActionItem({ action, onClose }: { action: Action; onClose: () => void }) {
  const { name, icon: Icon, keys, act } = action;
  const onSelect = () => {
    onClose();
    act();
  };
  return (
    <Item
      value={`action ${name}`}
      icon={<Icon />}
      onSelect={onSelect}
      end={keys && <kbd className="rounded-sm border px-1 text-label text-muted-foreground">{keys}</kbd>}
    >
      {name}
    </Item>
  );
}

interface ItemProps {
  value: string;
  icon: ReactNode;
  onSelect: () => void;
  end?: ReactNode;
  children: ReactNode;
}

function Item({ value, icon, onSelect, end, children }: ItemProps) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className={cn(
        "flex min-h-9 cursor-default select-none items-center gap-2.5 rounded-sm px-2 text-table data-[selected=true]:bg-accent",
        "[&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-muted-foreground",
      )}
    >
      {icon}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {end}
    </Command.Item>
  );
}
