package ffmerge.data;

import java.util.Arrays;
import java.util.IllformedLocaleException;
import java.util.Locale;
import java.util.Map;
import java.util.MissingResourceException;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether two codes mean the same language: {@code zh}, {@code zho}, {@code chi}, {@code cmn_Hans}. */
final class Languages {
    /** Tatoeba names the kinds of Chinese, models their whole. */
    private static final Set<String> CHINESE =
            Set.of("chi", "zho", "cmn", "yue", "wuu", "lzh", "nan", "hak", "gan", "hsn", "cjy");

    /** Codes by the languages' English names. */
    private static final Map<String, String> NAMES = Arrays.stream(Locale.getISOLanguages())
            .collect(Collectors.toMap(
                    code -> Locale.forLanguageTag(code)
                            .getDisplayLanguage(Locale.ENGLISH)
                            .toLowerCase(Locale.ROOT),
                    code -> code,
                    (one, other) -> one));

    private static final Set<String> CODES = NAMES.values().stream()
            .map(code -> Locale.forLanguageTag(code).getISO3Language())
            .collect(Collectors.toSet());

    private Languages() {}

    static boolean same(String a, String b) {
        return code(a).equals(code(b));
    }

    /** Whether a column's name is a language's code or its English name: {@code de}, {@code deu}, {@code German}. */
    static boolean names(String column, String language) {
        return same(column, language)
                || same(NAMES.getOrDefault(column.strip().toLowerCase(Locale.ROOT), ""), language);
    }

    /** Whether it is a language's English name or its code of two letters or three. */
    static boolean isNameOrCode(String word) {
        String plain = word.strip().toLowerCase(Locale.ROOT);
        return NAMES.containsKey(plain)
                || NAMES.containsValue(plain)
                || CODES.contains(plain)
                || CHINESE.contains(plain);
    }

    /** Of ISO 639-2, where there is one. */
    private static String code(String language) {
        String own = language.strip().toLowerCase(Locale.ROOT).replaceFirst("[-_].*", "");
        if (CHINESE.contains(own)) {
            return "zho";
        }
        try {
            return new Locale.Builder().setLanguage(own).build().getISO3Language();
        } catch (MissingResourceException | IllformedLocaleException e) {
            return own;
        }
    }
}
