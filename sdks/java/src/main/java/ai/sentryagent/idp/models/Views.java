package ai.sentryagent.idp.models;

import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Read-only views of decoded collections; a missing one is empty. */
final class Views {

    private Views() {}

    static <T> List<T> of(List<T> list) {
        return list == null ? List.of() : Collections.unmodifiableList(list);
    }

    static <K, V> Map<K, V> of(Map<K, V> map) {
        return map == null ? Map.of() : Collections.unmodifiableMap(map);
    }
}
