import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { type Catalog, loadCatalog } from './core/catalog';
import { insist } from './core/insist';
import { langOfPath, screenOfPath } from './core/lang';
import { pauseMs, worthAskingAgain } from './core/retry';
import { useForgetting } from './screens/history/use-forgetting';
import { Lost } from './screens/pages/lost';
import { Studio } from './screens/studio/studio';
import { useWork } from './screens/studio/use-work';
import { Header } from './shell/header';
import { Tabs } from './shell/tabs';
import { useHouse } from './shell/use-house';
import { later } from './ui/later';
import { NoticesProvider } from './ui/notices';
import { WordsProvider } from './ui/words';

export function makeClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: worthAskingAgain,
        retryDelay: (failures) => pauseMs(failures),
        networkMode: 'always',
        refetchOnReconnect: true,
      },
    },
  });
}

const LATER = {
  history: later(async () => (await import('./screens/history/screen')).HistoryScreen, undefined, Lost),
  account: later(async () => (await import('./screens/account/screen')).AccountScreen, undefined, Lost),
  missing: later(async () => (await import('./screens/pages/not-found')).NotFound, undefined, Lost),
};
const SCREENS = { studio: Studio, ...LATER };
const Maintenance = later(async () => (await import('./screens/pages/maintenance')).Maintenance);
const SessionSheet = later(async () => (await import('./shell/session-sheet')).SessionSheet);
const UpdateBar = later(async () => (await import('./shell/update-bar')).UpdateBar);

/** Bring what a page is drawn with; pages are prerendered with it, and must come alive with it. */
export async function readyFor(path: string): Promise<void> {
  const screen = screenOfPath(path);
  if (screen !== 'studio') await LATER[screen].fetch();
}

function Pages() {
  const house = useHouse();
  const followed = useWork(house);
  useForgetting(house.config);
  const [path] = useLocation();
  const Screen = SCREENS[screenOfPath(path)];
  return (
    <>
      <Header account={house.account} />
      {house.closed ? <Maintenance problem={house.closed} /> : <Screen house={house} followed={followed} />}
      <Tabs />
      <SessionSheet />
      <UpdateBar />
    </>
  );
}

export function App({ catalog: first, client }: { catalog: Catalog; client: QueryClient }) {
  const [path] = useLocation();
  const [catalog, setCatalog] = useState(first);
  const lang = langOfPath(path) ?? catalog.lang;

  useEffect(() => {
    if (catalog.lang === lang) return;
    let current = true;
    void insist(() => loadCatalog(lang)).then((next) => {
      if (!current) return;
      document.documentElement.lang = lang;
      document.querySelector('link[rel="manifest"]')?.setAttribute('href', `/${lang}.webmanifest`);
      setCatalog(next);
    });
    return () => {
      current = false;
    };
  }, [lang, catalog.lang]);

  return (
    <QueryClientProvider client={client}>
      <WordsProvider catalog={catalog}>
        <NoticesProvider>
          <Pages />
        </NoticesProvider>
      </WordsProvider>
    </QueryClientProvider>
  );
}
