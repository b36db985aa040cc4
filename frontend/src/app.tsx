import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { type Catalog, loadCatalog } from './core/catalog';
import { langOfPath } from './core/lang';
import { Problem } from './core/problem';
import { Studio } from './screens/studio/studio';
import { useHouse } from './screens/studio/use-house';
import { Header } from './shell/header';
import { NoticesProvider } from './ui/notices';
import { WordsProvider } from './ui/words';

export function makeClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // A refusal stays one; the network and a gateway that is starting get a few more chances.
        retry: (failures, cause) => {
          const { status } = Problem.from(cause);
          return failures < 4 && (status === 0 || status >= 500);
        },
        networkMode: 'always',
      },
    },
  });
}

function Pages() {
  const house = useHouse();
  return (
    <>
      <Header account={house.account} />
      <Studio house={house} />
    </>
  );
}

export function App({ catalog: first, client }: { catalog: Catalog; client: QueryClient }) {
  const [path] = useLocation();
  const lang = langOfPath(path);
  const [catalog, setCatalog] = useState(first);

  useEffect(() => {
    if (catalog.lang === lang) return;
    let current = true;
    void loadCatalog(lang).then((next) => {
      if (!current) return;
      document.documentElement.lang = lang;
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
