import { useRoute } from '../router.ts';
import { Recover } from './recover.tsx';
import { Register } from './register.tsx';
import { SignIn } from './sign-in.tsx';

/** What is shown to whoever is not signed in. */
export function Entry() {
  const [view] = useRoute();
  if (view === 'register') return <Register />;
  if (view === 'recover') return <Recover />;
  return <SignIn />;
}
