package ffmerge.magic.widget;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A model of ipywidgets' controls, which the front end draws: its state is the same on both sides. The messages are those of
 * ipywidgets' protocol, version 2.
 */
final class Widget {
    private static final String TARGET = "jupyter.widget";
    private static final Map<String, ?> PROTOCOL = Map.of("version", "2.1.0");
    private static final String MODULE = "@jupyter-widgets/controls";
    private static final String BASE = "@jupyter-widgets/base";
    private static final String MODULE_VERSION = "2.0.0";

    private final Map<String, Object> state;
    private final Consumer<Map<String, ?>> changed;
    private final Comms.Channel comm;

    private Widget(Comms comms, Map<String, Object> state, Consumer<Map<String, ?>> changed) {
        this.state = state;
        this.changed = changed;
        this.comm = comms.open(TARGET, whole(state), PROTOCOL, this::receive);
    }

    /** One that only shows. */
    static Widget open(Comms comms, String kind, Map<String, ?> own) {
        return open(comms, kind, own, change -> {});
    }

    /**
     * Opens a widget in the front end.
     *
     * @param kind of the controls: {@code IntSlider}
     * @param own its state, as far as it isn't the kind's default
     * @param changed is told what a reader changed
     */
    static Widget open(Comms comms, String kind, Map<String, ?> own, Consumer<Map<String, ?>> changed) {
        Map<String, Object> state = named(MODULE, kind + "Model");
        state.put("_view_module", MODULE);
        state.put("_view_module_version", MODULE_VERSION);
        state.put("_view_name", kind + "View");
        state.putAll(own);
        return new Widget(comms, state, changed);
    }

    /** The place and size of a widget, a model of its own. */
    static Widget layout(Comms comms, Map<String, ?> own) {
        Map<String, Object> state = named(BASE, "LayoutModel");
        state.putAll(own);
        return new Widget(comms, state, change -> {});
    }

    private static Map<String, Object> named(String module, String model) {
        Map<String, Object> state = new LinkedHashMap<>();
        state.put("_model_module", module);
        state.put("_model_module_version", MODULE_VERSION);
        state.put("_model_name", model);
        return state;
    }

    /** How the state of another widget names this one. */
    String reference() {
        return "IPY_MODEL_" + comm.id();
    }

    /** What an output holds in the place of the widget. */
    Map<String, Object> view() {
        return Map.of("model_id", comm.id(), "version_major", 2, "version_minor", 0);
    }

    void set(String key, Object value) {
        synchronized (state) {
            state.put(key, value);
        }
        comm.send(update(Map.of(key, value)));
    }

    private void receive(Map<String, Object> message) {
        if ("request_state".equals(message.get("method"))) { // a page that was opened anew
            synchronized (state) {
                comm.send(update(state));
            }
        } else if ("update".equals(message.get("method")) && message.get("state") instanceof Map<?, ?> changes) {
            Map<String, Object> own = new LinkedHashMap<>();
            changes.forEach((key, value) -> {
                if (value != null) { // no state of these models is null
                    own.put(String.valueOf(key), value);
                }
            });
            synchronized (state) {
                state.putAll(own);
            }
            changed.accept(own);
        }
    }

    private static Map<String, Object> update(Map<String, ?> state) {
        Map<String, Object> update = new LinkedHashMap<>(whole(state));
        update.put("method", "update");
        return update;
    }

    private static Map<String, Object> whole(Map<String, ?> state) {
        return Map.of("state", Map.copyOf(state), "buffer_paths", List.of());
    }
}
