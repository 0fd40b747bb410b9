import { useQuery, useQueryClient } from "@tanstack/react-query";

export type MadeKey = { name: string; secret: string };

const KEY = ["start", "made_key"];

/** A key made here. Its secret is shown once, so it lives as long as the window and nowhere else. */
export function useMadeKey(): [MadeKey | null, (made: MadeKey) => void] {
  const client = useQueryClient();
  const { data } = useQuery<MadeKey | null>({
    queryKey: KEY,
    queryFn: () => null,
    enabled: false,
    initialData: null,
    gcTime: Number.POSITIVE_INFINITY,
  });
  return [data, (made) => client.setQueryData(KEY, made)];
}
