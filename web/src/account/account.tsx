import type { Route } from '../router.ts';
import { ChangeEmail } from './change-email.tsx';
import { ChangePassword } from './change-password.tsx';
import { DeleteAccount } from './delete-account.tsx';
import { Export } from './export.tsx';
import { KeyRotation } from './key-rotation.tsx';
import { Overview } from './overview.tsx';
import { Recovery } from './recovery.tsx';
import { Sessions } from './sessions.tsx';

export function Account({ route: [view] }: { route: Route }) {
  switch (view) {
    case 'password':
      return <ChangePassword />;
    case 'email':
      return <ChangeEmail />;
    case 'recovery':
      return <Recovery />;
    case 'key':
      return <KeyRotation />;
    case 'sessions':
      return <Sessions />;
    case 'export':
      return <Export />;
    case 'delete':
      return <DeleteAccount />;
    default:
      return <Overview />;
  }
}
