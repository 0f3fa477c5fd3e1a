package ffmerge.data;

import java.util.IllformedLocaleException;
import java.util.Locale;
import java.util.MissingResourceException;
import java.util.Set;

/** Whether two codes mean the same language: {@code zh}, {@code zho}, {@code chi}, {@code cmn_Hans}. */
final class Languages {
    /** Tatoeba names the kinds of Chinese, models their whole. */
    private static final Set<String> CHINESE =
            Set.of("chi", "zho", "cmn", "yue", "wuu", "lzh", "nan", "hak", "gan", "hsn", "cjy");

    private Languages() {}

    static boolean same(String a, String b) {
        return code(a).equals(code(b));
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
