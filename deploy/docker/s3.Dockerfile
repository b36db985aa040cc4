# The S3 server of development; built, because no public image is needed for 10 Python packages.
FROM python:3.13-slim
COPY locks/s3.txt /tmp/
RUN pip install --no-cache-dir --require-hashes -r /tmp/s3.txt \
 && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin app \
 && install -d -o app -g app /data
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    SERVICES=s3 \
    GATEWAY_PORT=9000 \
    S3_PERSIST=1 \
    S3_DATA_DIR=/data
WORKDIR /tmp
USER 10001:10001
VOLUME /data
EXPOSE 9000
HEALTHCHECK --interval=3s --timeout=5s --start-period=30s --retries=5 CMD ["python", "-c", \
  "import urllib.request as r; r.urlopen('http://127.0.0.1:9000/_ministack/health', timeout=4)"]
CMD ["ministack"]
