package ffmerge.view;

import ffmerge.plot.MethodStyle;
import ffmerge.result.SweepResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which words of results say what method was gone, for {@link MethodStyle}. */
final class MethodStyles {
    private MethodStyles() {}

    static MethodStyle of(SweepResult.Method method) {
        List<String> words = new ArrayList<>(List.of(method.way(), method.name()));
        method.options().values().forEach(value -> words.add(String.valueOf(value)));
        return MethodStyle.of(words);
    }

    /** Of a way in a command's words: {@code merge --average regression}. */
    static MethodStyle ofWords(String way) {
        return MethodStyle.of(Arrays.asList(way.split("\\s+")));
    }

    /** Which variant of its style each way is, in the order in which they come: 0 for the first that has it. */
    static Map<String, Integer> variants(List<String> ways) {
        Map<MethodStyle, Integer> seen = new LinkedHashMap<>();
        Map<String, Integer> variants = new LinkedHashMap<>();
        for (String way : ways) {
            variants.put(way, seen.merge(ofWords(way), 1, Integer::sum) - 1);
        }
        return variants;
    }
}
